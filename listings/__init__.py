"""登记·挂牌 Resources, products, rights, registration, listings, review (Data Twenty, articles 3 to 7)."""
