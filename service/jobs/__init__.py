"""From a posted document to a job, and what people may ask of one."""
