"""What looks wrong in a market 监测预警: pure detectors, each with its rule, its threshold and how rare the thing is (H4)."""
