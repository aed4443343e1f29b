"""Figures of jobs, trials and models: pure builders from what was read to Plotly's documents."""
