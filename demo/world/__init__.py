"""The demonstration's only app: models, serializers, filter sets and views over the world's countries and cities."""
