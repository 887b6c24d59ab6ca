"""What a replay needs in order to forecast a change of the reader."""
