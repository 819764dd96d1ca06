using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "disk", disk = (writable = true)),
  ],
  sockets = [(name = "http", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2025-10-01",
  durableObjectNamespaces = [(className = "Account", uniqueKey = "account", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [
    (name = "ACCOUNT", durableObjectNamespace = "Account"),
    (name = "KEY", fromEnvironment = "BENCH_KEY"),
    (name = "ADMIN", fromEnvironment = "BENCH_ADMIN"),
    (name = "CHARACTER", fromEnvironment = "BENCH_CHARACTER"),
  ],
);
