/// SHA-256 of outputs for small fixed inputs, for stages whose bytes are the same on every machine.
///
/// A change of code changes the cache key by itself; what these notice is a change of results that
/// nobody meant to make.
enum Golden {
  static let objectsTrain =
    "8db2a4a1e0cd61a95b431368844ec3424caf6c5fdc8dd4099e1dacb709a61622"
  static let objectsTest =
    "a416fa33c573e623d09858d68aa949f5ea282cae2d33974157428d797ccf999c"
  static let badnetsTrigger =
    "951b8a865e111955c180112d3ec8a783d98393cc89c965e9e14cd8e071c9676e"
  static let poisonOverlay =
    "7d35930bb098758073976371e95518c2f0195d9e9ace1370100648a335701d90"
  static let intensityMatrix =
    "f8e3a1cc1a1dfce873758f83aa815fcd97936020b59d297b80b23f37bdc75b04"
}
