"""What an agreement says 合同: typed terms stored once, and from them both the text people read and the policy machines judge (F1, F2)."""
