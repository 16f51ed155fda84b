"""Models and verification as services 模型与核验服务: a declared model is scored, a record is matched; probing is held and told.

``language`` is plain arithmetic without the house; ``probing`` looks at calls; ``offering`` and ``calling`` are the acts.
"""
