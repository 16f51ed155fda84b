"""What is lived: the opening (ninety days), the days missed during a pause, and the trading that goes on."""
