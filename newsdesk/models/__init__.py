"""The record: what was fetched, the articles made of it, what was inferred and by whom, and who is told."""

from newsdesk.models.alerts import Alert, AlertMail, SavedSearch, SavedSearchQuerySet
from newsdesk.models.articles import Article, ArticleQuerySet, DuplicateBand, Figure, IndexChange, Revision, Story
from newsdesk.models.holds import Hold
from newsdesk.models.labels import Correction, Label, LabelQuerySet
from newsdesk.models.mail import Delivery, Edition, Outgoing, Subscription, new_token
from newsdesk.models.people import Role, User, UserManager
from newsdesk.models.places import NameStyle
from newsdesk.models.reports import TrendReport
from newsdesk.models.sources import Alarm, Fetch, HostLease, Source, lease

__all__ = [
    "Alarm", "Alert", "AlertMail", "Article", "ArticleQuerySet", "Correction", "Delivery", "DuplicateBand", "Edition", "Fetch",
    "Figure", "Hold", "HostLease", "IndexChange", "Label", "LabelQuerySet", "NameStyle", "Outgoing", "Revision", "Role",
    "SavedSearch", "SavedSearchQuerySet", "Source", "Story", "Subscription", "TrendReport", "User", "UserManager",
    "lease", "new_token",
]  # fmt: skip
