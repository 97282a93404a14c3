import Compute
import Pipeline

/// Every stage type of this program; the one place where a stage is registered.
package enum Registry {
  package static let stages = StageRegistry([])
}
