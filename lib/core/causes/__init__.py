"""What joins failures into one problem: who met whom, who quotes whom, and who was first."""
