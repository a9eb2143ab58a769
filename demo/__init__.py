"""The demonstration site of restflow: a REST API over the countries and cities of the world."""
