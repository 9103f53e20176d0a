"""Reports over the kept trajectories: what failed and why, and statistics. They read fragments."""
