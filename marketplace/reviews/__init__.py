"""Reviews as people read and write them: pages, the API, the feed."""
