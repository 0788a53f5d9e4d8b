"""What an edit costs: a usual slip is tried before a less usual, a rare, a far-fetched one."""

USUAL, LESS, RARE, FAR = 10, 14, 20, 30
