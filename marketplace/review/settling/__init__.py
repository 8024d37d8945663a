"""Settling: from final answers to labels, one more slot, or an approval."""
