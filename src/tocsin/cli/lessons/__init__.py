"""What an incident leaves behind: the post-mortem, work that only a proof closes, figures of many
incidents."""
