# Three instances of one service, each with a TCP check: `make run` starts the listeners.
# Ask: dig @127.0.0.1 -p 8600 redis.service.consul SRV
services {
  id   = "redis-1"
  name = "redis"
  tags = ["primary"]
  port = 16379
  check {
    tcp      = "127.0.0.1:16379"
    interval = "2s"
    timeout  = "1s"
    status   = "passing"
  }
}

services {
  id   = "redis-2"
  name = "redis"
  tags = ["replica"]
  port = 16380
  check {
    tcp      = "127.0.0.1:16380"
    interval = "2s"
    timeout  = "1s"
    status   = "passing"
  }
}

services {
  id   = "redis-3"
  name = "redis"
  tags = ["replica"]
  port = 16381
  check {
    tcp      = "127.0.0.1:16381"
    interval = "2s"
    timeout  = "1s"
    status   = "passing"
  }
}
