/// Everything that is wrong with a specification and its overrides, in order of position.
package struct SpecErrors: Error, Sendable {
  package let diagnostics: [Diagnostic]
  package let sources: SourceTexts

  /// The diagnostics as text, with source lines and carets.
  package func rendered(usesColor: Bool = false) -> String {
    DiagnosticRenderer(sources: sources, usesColor: usesColor).render(diagnostics)
  }
}
