"""What is read of artefacts without a Python object for each word or number."""
