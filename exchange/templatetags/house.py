"""Tags every page may use: money, times, marks, hash prints."""

from django import template

register = template.Library()
