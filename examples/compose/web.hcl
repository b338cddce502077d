# The container `web` of compose.yaml, checked over the network by the agent `inside`.
# A host name as address is answered as a CNAME; Docker's own resolver knows it.
services {
  name    = "web"
  address = "web"
  port    = 8500
  check {
    http     = "http://web:8500/v1/status/leader"
    interval = "5s"
    timeout  = "2s"
  }
}
