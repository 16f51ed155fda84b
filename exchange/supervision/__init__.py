"""The supervision desk under ``/admin/``: queues by deadline, one page per case, decisions as acts of the rooms' operations.

Case pages are our own, never a bare change form (look §10); who may act is asked by the operations, not here.
"""
