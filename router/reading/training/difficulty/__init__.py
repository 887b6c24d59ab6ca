"""What makes a text hard, from outcomes of models and from labels."""
