"""The settings go in; the engine that they name comes out. Each engine is imported only where it is wanted: that takes time."""

from __future__ import annotations

from newsdesk.configuration import Configuration
from newsdesk.errors import BadInput
from search.engine import Engine
from search.plan import Ranking


def open_engine(configuration: Configuration, name: str | None = None) -> Engine:
    """Return an engine by name (default: the configured one). Nothing is opened or asked yet."""
    ranking = Ranking(configuration.search_title, configuration.search_lead, tie=configuration.search_tie)
    match name or configuration.engine:
        case "embedded":
            from search.embedded import EmbeddedEngine

            return EmbeddedEngine(configuration.index_folder, ranking)
        case "elastic":
            from search.elastic import ElasticEngine
            from search.indexes import Shape

            shape = Shape(
                shards=configuration.elasticsearch_shards,
                replicas=configuration.elasticsearch_replicas,
                monthly=configuration.elasticsearch_monthly,
            )
            return ElasticEngine(configuration.elasticsearch_url, configuration.elasticsearch_index, ranking, shape=shape)
        case other:
            raise BadInput(f"there is no engine {other!r}; it must be embedded or elastic")
