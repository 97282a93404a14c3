/// Written by 'make golden': the arithmetic ('any' where none matters), the output and the first
/// 16 digits of its SHA-256.
enum GoldenHashes {
  static let text = """
    any data.classes a1c4bd8d88634c51
    any data.files 53e8a3e7adaa6276
    any data.test 115e4e0dbe526f66
    any data.train 1be6fe0a5b14afa8
    any note.text 6ddd8602957a761a
    any poison.counts 721919863cec5a0e
    any poison.overlay 7e4673d86e718f58
    any poison.preview ad9ab1366ed3102b
    any program.again a1c4bd8d88634c51
    any program.job 094db4fe90804411
    any script.data 431e2720b646a769
    any script.folder 5a2ebeef56a2d897
    any script.rows bcc8db0a9a8ff99c
    any trigger.preview 29ecfbe3095fbec1
    any trigger.trigger 951b8a865e111955
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 attack.asr 637ac73c9cfb6cfa
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 cleanse.classes 55c4e7ca2c45669b
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 clusters.classes f2dfca3518d639ef
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 matrix.asr_map da5b993f74a1e023
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 matrix.auroc_map 690fc8b0d5c3618e
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 matrix.headline ac1669fdb9668f3a
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 matrix.intensity_matrix 189585fad8c99401
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 matrix.runs 28a5db409adf8ff8
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 matrix.summary e67a015165c765f5
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 matrix.tradeoff 9cbb962620183389
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 model.history cb4460958398f3d4
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 model.model 7b038b7f8ae9be2d
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 model.scores 05ea4da2dd81faf7
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 repair.repair b55540684d47d578
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 scaleup.detect 267ad57eab449f8f
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 scaleup.spc 93f4c3f2ee985cb3
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 spectral.classes 710940bd7e8e4f1b
    f32.v3.x86-64-v3+openblas.Haswell+glibc.2.36 strip.detect adf91335e8ee7c96
    """
}
