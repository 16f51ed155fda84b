"""Marked copies 副本标记 (F13): each copy handed out differs a little where its seller allowed it, and is known again when it leaks.

``marks`` writes a copy, ``tracing`` reads a leaked sample, ``plans`` and ``copies`` keep what was declared and handed out.
"""
