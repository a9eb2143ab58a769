"""A Redis transport for Celery that loses no message: what a worker takes is noted in the step that takes it.

kombu's own takes a message with BRPOP and notes it among the unacknowledged afterwards. A worker that is killed between
the two, or a Redis that is restarted there, has lost it, whatever the task says of acknowledging late. Here a script
does both. Everything else (keys, formats, priorities, visibility timeout) is kombu's, so that workers and producers
with the one transport and with the other share their queues, and either can be put in the place of the other.

To use it: `CELERY_BROKER_TRANSPORT = "restflow.dispatch.celery.redis:Transport"` beside a `CELERY_BROKER_URL` of
`redis://` or `rediss://`; `"...:SentinelTransport"` for `sentinel://`. Redis 6.2 or later.
"""

from time import monotonic, time
from typing import Any

from kombu.transport import redis

TAKE = """
for place = 1, #KEYS - 2 do
  local raw = redis.call('LINDEX', KEYS[place], -1)
  if raw then
    local is_json, message = pcall(cjson.decode, raw)
    local properties = is_json and type(message) == 'table' and message['properties']
    if ARGV[place + 1] == '1' and properties then
      local sent = properties['delivery_info']
      local exchange, routing_key = cjson.encode(sent['exchange']), cjson.encode(sent['routing_key'])
      local note = '[' .. raw .. ',' .. exchange .. ',' .. routing_key .. ']'
      redis.call('ZADD', KEYS[#KEYS], ARGV[1], properties['delivery_tag'])
      redis.call('HSET', KEYS[#KEYS - 1], properties['delivery_tag'], note)
    end
    redis.call('RPOP', KEYS[place])
    return {KEYS[place], raw}
  end
end
return false
"""
"""KEYS: the lists to take from, best first; then kombu's hash and its index of unacknowledged messages. ARGV: seconds
since the epoch; then for each list whether its messages are acknowledged. Answers as BRPOP does. What is no message of
kombu's is taken without a note, so that it does not stand in the way of all others."""

WAIT = 0.1
"""Seconds that a worker with nothing to do waits for its first queue before it looks at the others again."""


class _Noting:
    """What both channels have of their own."""

    _brpop_sent_at: Any
    _idle = False
    """Whether the last look at all lists found nothing."""
    _waits = False
    """Whether the answer to a wait comes before the answer to the script."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._unacknowledged: set[str] = set()
        super().__init__(*args, **kwargs)

    def basic_consume(self: Any, queue: str, no_ack: bool, *args: Any, **kwargs: Any) -> Any:
        """As kombu's; remembers where messages are never acknowledged, and so must not be noted."""
        (self._unacknowledged.add if no_ack else self._unacknowledged.discard)(queue)
        return super().basic_consume(queue, no_ack, *args, **kwargs)  # type: ignore[misc]

    def _brpop_start(self: Any, timeout: float | None = None) -> None:
        if not self.ack_emulation:
            super()._brpop_start(timeout)  # type: ignore[misc]
            return
        queues = self._queue_cycle.consume(len(self.active_queues))
        if not queues:
            return
        lists = {self._q_for_pri(queue, step): queue for step in self.priority_steps for queue in queues}
        keys = [f"{self.global_keyprefix}{key}" for key in (*lists, self.unacked_key, self.unacked_index_key)]
        noted = ["0" if queue in self._unacknowledged else "1" for queue in lists.values()]
        commands: list[tuple[Any, ...]] = [("EVAL", TAKE, len(keys), *keys, repr(time()), *noted)]
        self._waits = self._idle
        if self._idle:
            # moves the last message to where it is: a wait that takes nothing
            commands.insert(0, ("BLMOVE", keys[0], keys[0], "RIGHT", "RIGHT", WAIT))
            self._queue_cycle.rotate(queues[0])  # each queue is the first one in its turn
        connection = self.client.connection
        self._in_poll = connection
        self._brpop_sent_at = monotonic()
        connection.send_packed_command(connection.pack_commands(commands))

    def _brpop_read(self: Any, **options: Any) -> Any:
        if self._waits:
            self._waits = False
            try:
                self.client.connection.read_response()
            except BaseException:
                # the answer of the script would be taken for that of the next command
                self.client.connection.disconnect()
                self._in_poll = None
                raise
        self._idle = True
        taken = super()._brpop_read(**options)  # type: ignore[misc]
        self._idle = False
        return taken


class Channel(_Noting, redis.Channel):
    """A channel of `Transport`."""


class Transport(redis.Transport):
    """kombu's transport for `redis://` and `rediss://`, which loses no message."""

    Channel = Channel


class SentinelChannel(_Noting, redis.SentinelChannel):
    """A channel of `SentinelTransport`."""


class SentinelTransport(redis.SentinelTransport):
    """kombu's transport for `sentinel://`, which loses no message."""

    Channel = SentinelChannel
