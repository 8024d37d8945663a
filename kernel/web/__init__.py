"""HTTP plumbing shared by every feature: endpoints, pages, fields, limits and templates."""
