"""What trust rests on: notes of what was observed, and the records worked out from them."""
