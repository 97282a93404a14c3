import Compute
import Pipeline

/// Every stage type of this program, by kind; the one place where a stage is registered.
package enum Registry {
  package static let stages = StageRegistry([
    type(EvaluateStage.self, "Backdoor"),
    type(MatrixStage.self, "Backdoor", "Defense"),
    type(PoisonStage.self, "Backdoor"),
    type(TriggerStage.self, "Backdoor"),
    type(AverageEffectStage.self, "Causal"),
    type(CalibrationStage.self, "Causal"),
    type(EffectComparisonStage.self, "Causal"),
    type(CausalDatasetStage.self, "Causal", "Data"),
    type(EffectEvaluationStage.self, "Causal"),
    type(EffectFitStage.self, "Causal"),
    type(PolicyStage.self, "Causal"),
    type(PropensityStage.self, "Causal"),
    type(RefutationStage.self, "Causal"),
    type(SensitivityStage.self, "Causal"),
    type(CausalSplitStage.self, "Causal"),
    type(UncertaintyStage.self, "Causal"),
    type(FineGrainStage.self, "Explain"),
    type(LoadCLIPStage.self, "Explain"),
    type(TrainCLIPStage.self, "Explain"),
    type(ZeroShotStage.self, "Explain"),
    type(LoadStage.self, "Causal", "Crash", "Data", "Geo"),
    type(MapStage.self, "Causal", "Data", "Geo"),
    type(SynthStage.self, "Causal", "Crash", "Data", "Geo"),
    type(ImagesStage.self, "Data"),
    type(ActivationClusteringStage.self, "Defense"),
    type(FinePruningStage.self, "Backdoor", "Defense", "Training"),
    type(NeuralCleanseStage.self, "Defense"),
    type(ScaleUpStage.self, "Backdoor", "Defense"),
    type(SpectralStage.self, "Defense"),
    type(StripStage.self, "Backdoor", "Defense"),
    type(EquityEffectsStage.self, "Causal", "Data", "Geo"),
    type(EquityStage.self, "Causal", "Data", "Geo"),
    external(ExecStage.self),
    type(ConcretenessStage.self, "Explain"),
    type(FaithfulnessStage.self, "Explain"),
    type(FigureStage.self, "Explain"),
    type(HeatmapStage.self, "Explain"),
    type(LocalisationStage.self, "Explain"),
    type(WordsStage.self, "Explain"),
    type(JoinStage.self, "Causal", "Crash", "Data", "Geo"),
    type(TractsStage.self, "Causal", "Data", "Geo"),
    type(FineTuneStage.self, "Language"),
    type(GenerateStage.self, "Language"),
    type(ScoreTextStage.self, "Language"),
    type(AttentionBiasStage.self, "Language", "LongContext"),
    type(EvalStage.self, "Language", "LongContext"),
    type(MakeTaskStage.self, "Language", "LongContext"),
    type(PerplexityStage.self, "Language", "LongContext"),
    type(LongContextReportStage.self, "Language", "LongContext"),
    type(SpeedupStage.self, "Language", "LongContext"),
    type(ThroughputStage.self, "Bench", "Language", "LongContext"),
    type(LoadModelStage.self, "Data", "Language"),
    type(MergeStage.self, "Language"),
    external(ShellStage.self),
    type(AutocorrelationStage.self, "Causal", "Data", "Geo"),
    type(TextStage.self, "Language"),
    type(WriteStage.self, "Text"),
    type(ClassifierStage.self, "Training"),
    type(FashionScenesStage.self, "Data", "Explain"),
    type(FolderStage.self, "Explain"),
    type(ScenesStage.self, "Explain"),
  ])

  /// What worker processes must have in their environment.
  package static var workerEnvironment: [String: String] { Numerics.environment }

  /// The machine-dependent part of the keys of numeric stages.
  package static var numericsTag: String { Numerics.tag }

  /// Whether this process computes with the arithmetic that the keys promise.
  package static var isNumericsPinned: Bool { Numerics.isPinned }

  /// A stage type with the source folders whose code its results depend on, beside the code that
  /// all stages share.
  private static func type<S: Stage>(_ stage: S.Type, _ folders: String...) -> StageType {
    let parts = (["Shared"] + folders).map { fingerprint(of: $0) }
    return StageType(
      stage, fingerprint: parts.joined(separator: "."), numericsTag: Numerics.tag)
  }

  /// A stage type that runs a program of the user's: of our code only the part around it counts.
  private static func external<S: Stage>(_ stage: S.Type) -> StageType {
    StageType(stage, fingerprint: fingerprint(of: "Shell"), numericsTag: "")
  }

  private static func fingerprint(of folder: String) -> String {
    guard let hash = SourceFingerprint.byFamily[folder] else {
      preconditionFailure("Sources/Stages has no folder '\(folder)'")
    }
    return hash
  }
}
