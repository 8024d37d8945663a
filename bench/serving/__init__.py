"""The load harness: claims and answers over HTTP, and the floors they are related to."""
