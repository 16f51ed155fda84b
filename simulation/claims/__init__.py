"""What economics already knows, shown again on this house's own price functions; one small file a group of claims, found by itself."""
