"""What of a request is counted without reading its words."""
