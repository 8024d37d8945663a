"""Planning a job from its pilot: what targets would take and cost, and choosing one of them."""
