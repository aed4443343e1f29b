"""Who asks, what each may do, and what a team may take up."""
