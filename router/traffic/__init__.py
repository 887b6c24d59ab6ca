"""What one's own traffic says: outcomes of answers, and whether what is asked has drifted."""
