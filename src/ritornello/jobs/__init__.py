"""Long work outside web requests: the queue protocol, the worker, progress and cancellation."""
