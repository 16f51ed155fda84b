"""How prices are found: plain functions on frozen dataclasses, one module a family (Data Twenty Art. 8 定价模式, Auction Law 拍卖法).

Nothing here knows a database, a clock or Django: the bidding room, the ``clear`` command, the regulator's replay and the
simulation call the same functions, and the SQL of the hot act is compared with them on random histories.
"""
