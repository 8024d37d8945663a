"""Rules of a job at work: written, tried on answers already in, carried out and taken back."""
