"""One incident from its opening to its report: what is known, who leads, which plans run, whom it
touched. Its first hour in short commands."""
