/// SHA-256 of outputs for small fixed inputs, for stages whose bytes are the same on every machine.
///
/// A change here without a raised `version` of the stage would serve stale cached results.
enum Golden {
  static let objectsTrain = ""
  static let objectsTest = ""
  static let badnetsTrigger = ""
  static let poisonOverlay = ""
  static let intensityMatrix = ""
}
