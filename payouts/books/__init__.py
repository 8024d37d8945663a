"""What keeps the books honest: truths, reconciliation with the processor, nightly closing."""
