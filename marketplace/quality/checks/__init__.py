"""Looking after gold: how it fares, who objects to it, how long it lasts, and who decides."""
