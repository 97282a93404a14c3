internal import CKernels
internal import COpenBLAS

/// Which arithmetic this process computes with.
package enum Numerics {
  /// Version of the arithmetic: raised when a kernel or an order of summation changes bits.
  private static let version = 1

  /// A short text that is equal exactly when two processes give the same bits, for cache keys:
  /// `f32.v1.x86-64-v3+openblas.Haswell`.
  ///
  /// OpenBLAS picks its kernels when it is loaded; `OPENBLAS_CORETYPE` in the environment of the
  /// process pins them.
  package static var tag: String {
    let core = String(cString: openblas_get_corename())
    return "f32.v\(version).\(String(cString: ck_level()))+openblas.\(core)"
  }
}
