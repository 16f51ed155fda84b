"""Pages of the participants' room: sign-in, applying for admission, the organisation's own page."""
