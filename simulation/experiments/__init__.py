"""Policies tried side by side: drafted and steered by a person, computed by workers, told as a report."""
