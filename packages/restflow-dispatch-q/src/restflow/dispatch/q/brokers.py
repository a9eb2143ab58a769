"""A Redis broker for django-q2 that keeps a message until it is done: name it as `broker_class` in `Q_CLUSTER`."""

from time import sleep
from typing import Any

from django_q.brokers.redis_broker import Redis
from django_q.conf import Conf

_TAKE = """
local now = tonumber(redis.call('TIME')[1])
local late = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 1)
local id = late[1]
local task = id and redis.call('HGET', KEYS[3], id)
if id and not task then
  redis.call('ZREM', KEYS[2], id)
  id = nil
end
if not task then
  task = redis.call('LPOP', KEYS[1])
  if not task then
    return false
  end
  id = redis.sha1hex(task)
  redis.call('HSET', KEYS[3], id, task)
end
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[1]), id)
return {id, task}
"""
"""Takes the next task, in one step on the server: one whose time is over, else the first of the queue."""


class AcknowledgingRedis(Redis):  # type: ignore[misc]
    """django-q2's Redis broker with receipts.

    A task that is taken stays in Redis until it is acknowledged. What is not acknowledged in `Q_CLUSTER["retry"]`
    seconds, because its worker was killed or the task failed, is delivered again: at least once, rather than at most.
    It reads the queue of the plain broker, so that a project can change from one to the other while tasks wait.
    """

    @property
    def _taken(self) -> str:
        """The sorted set of receipts, by the time when each is over."""
        return f"{self.list_key}:taken"

    @property
    def _tasks(self) -> str:
        """The hash from receipt to task."""
        return f"{self.list_key}:tasks"

    def dequeue(self) -> list[tuple[str, bytes]] | None:
        """The next task with its receipt; `None`, after a pause, where there is none."""
        keys = (self.list_key, self._taken, self._tasks)
        found = self.connection.eval(_TAKE, len(keys), *keys, Conf.RETRY)
        if found:
            receipt, task = found
            return [(receipt.decode() if isinstance(receipt, bytes) else receipt, task)]
        sleep(Conf.POLL)
        return None

    def acknowledge(self, task_id: str) -> None:
        """The task is done: Redis forgets it."""
        with self.connection.pipeline() as together:
            together.zrem(self._taken, task_id)
            together.hdel(self._tasks, task_id)
            together.execute()

    def delete(self, task_id: str) -> None:
        """Forgets a task."""
        self.acknowledge(task_id)

    def fail(self, task_id: str) -> None:
        """Forgets a task that cannot be read."""
        self.acknowledge(task_id)

    def lock_size(self) -> int:
        """How many tasks are taken and not acknowledged."""
        return int(self.connection.zcard(self._taken))

    def delete_queue(self) -> Any:
        """Forgets all tasks, those that are taken too."""
        return self.connection.delete(self.list_key, self._taken, self._tasks)

    def purge_queue(self) -> Any:
        """Forgets all tasks, those that are taken too."""
        return self.delete_queue()

    def info(self) -> str:
        """What it is."""
        return f"{super().info()}, acknowledging"
