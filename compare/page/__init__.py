"""The page: one HTML file in which the network trains, and each number shows its arithmetic."""
