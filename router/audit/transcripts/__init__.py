"""What an audit leaves behind: signed lines, and their verification."""
